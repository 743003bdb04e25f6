"""From a public 311 interface to one file of records: paged, resumable, polite.

The only part of Suyuan that asks another host, and only when told to. `client` asks, `open311` and
`socrata` know how each interface pages, `progress` keeps what has come across interruptions,
`fetch` joins them.
"""

from geodata.fetching.fetch import SOURCES, Fetched, FetchRequest, fetching

__all__ = ["SOURCES", "FetchRequest", "Fetched", "fetching"]
