"""The association's own terms, as they are packaged with a release."""
