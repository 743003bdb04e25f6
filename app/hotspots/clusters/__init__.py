"""Where and when a run's cases cluster: the scan and the sheet of one cluster."""
