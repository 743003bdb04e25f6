"""Statistics of counts in space and time, on plain arrays: no files, no tables, no clock.

One topic stands in one module; this file is the public interface.
"""

from spatial.weights import hex_weights

__all__ = ["hex_weights"]
