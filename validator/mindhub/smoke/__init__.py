"""Run what a card claims: load its checkpoint, run it, measure it."""
