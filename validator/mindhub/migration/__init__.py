"""The old hub's tree -> a registry: where files go, what becomes of their bytes, and what people have to decide."""
