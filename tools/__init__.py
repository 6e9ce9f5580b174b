"""The checkout's own tools: what `./dev` runs. Nothing here ships."""
