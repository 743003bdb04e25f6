"""Plans and lists 一方案四清单, and when the rules suggest that a township comes in or goes out."""
