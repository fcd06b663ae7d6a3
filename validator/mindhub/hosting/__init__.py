"""What MindHub says on the host of a registry: comments on pull requests, and issues."""
