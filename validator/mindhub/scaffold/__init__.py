"""What authors start from: a new card, a new version of one, a contract for their own repository."""
