"""The supervision loop: warnings, talks, orders, whistles, monitors of those that have left."""
