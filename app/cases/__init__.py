"""Cases: what came in, how to bring more in, and what was refused."""
