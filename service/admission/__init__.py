"""Who is worked for now, who waits, and who is turned away: decided before a body is read."""
