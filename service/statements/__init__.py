"""What can be said of a photo short of one product."""
