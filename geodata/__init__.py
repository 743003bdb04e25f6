"""What the data are: case schema, import profiles, coordinates, boundaries, places, case store."""

import pyarrow as pa

# Arrow's own allocator hands memory back at every chance, and the system clears it anew each time:
# that was a fifth of an import's time.
pa.set_memory_pool(pa.system_memory_pool())
