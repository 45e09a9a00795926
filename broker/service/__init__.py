"""What the broker does, between the faces and the stores."""
