"""What leaves the map for a meeting: pictures, tables, features, and a map that a server draws."""
