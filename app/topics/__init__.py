"""每月一题: city-wide common problems, what counts as their cases, and whether these fall."""
