"""Looking at texts: final answers, words, lengths, languages; pure functions on strings."""
