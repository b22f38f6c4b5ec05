"""Local linear maps, the labels on the edges of a linearised graph, and batches of what goes through them."""
