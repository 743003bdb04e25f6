"""The monthly assessment of townships: cycles, rule sets, rates and rankings."""
