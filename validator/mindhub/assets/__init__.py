"""Links and bytes: what may be contacted, how it is fetched, where it is kept."""
