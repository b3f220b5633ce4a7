"""Routes of employers, members and invitations."""
