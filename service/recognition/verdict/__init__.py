"""What a list of scores means: match, ambiguous or no match."""
