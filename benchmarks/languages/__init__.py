"""What the rules of each language find, on Snowball's vocabularies and Universal Dependencies."""
