"""Who works here: units, accounts, what they may do where, and the record of what they did."""
