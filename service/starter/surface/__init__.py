"""How the shipped vocabulary of visual words is learned."""
