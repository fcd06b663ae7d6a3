"""Where foreign networks come from: repositories of other people, at a commit."""
