"""The engine that proves identities and signs by computer algebra."""
