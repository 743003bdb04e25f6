"""From a case's coordinates and reported names to a cell, a township, or an honest flag.

A case is *located* when its coordinates can be used; it then has a cell and, with boundaries, a
township. A case without usable coordinates has exactly one flag that says why. It still counts in a
township (*township only*) when the file names one that the boundaries know. With a place register
its texts are asked too (`geodata.placing`): a case that they place is located, by another method
than coordinates, and keeps the flag that says why its coordinates were not used.

Coordinates are tried in the order of these rules; the first that applies is the flag:

``no_coordinates``  one of the two is missing;
``zero``            both are 0;
``whole_degree``    both are whole degrees: rounded beyond use;
``swapped``         not in the area as given, in the area when exchanged. They are not exchanged
                    silently: a file with swapped columns is for its sender to mend;
``outside_area``    farther than `MARGIN_M` from every area, or no coordinates of this Earth;
``default_point``   at a default point;
``area_centre``     at the pin of an area (`geodata.coordinate_checks.area_pins`);
``coarse``          too few decimals, or on a wide grid (`geodata.coordinate_checks.precision`).

The last two still tell an area: a pin its own, a coarse coordinate the one that holds all of where
the true one may be. A case with no name that the boundaries know counts in that area.

Points within the margin but in no area (quays, bridges, generalised borders) are located in the
nearest one.

`area` is what is known of the city, `trying` tries the rules, `told` knows what pins and coarse
coordinates tell, `rows` makes the columns.
"""

from geodata.locating.area import Area, GivesPlaces
from geodata.locating.rows import locate
from geodata.locating.told import coarse_rows

__all__ = ["Area", "GivesPlaces", "coarse_rows", "locate"]
