"""What an auditor follows."""
