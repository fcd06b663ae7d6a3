"""The environment behind `make`: what the machine has, what is installed, what is still missing."""
