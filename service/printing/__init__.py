"""What is made to be printed."""
