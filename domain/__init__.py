"""Values that cross rooms, and the pure rules about them."""
