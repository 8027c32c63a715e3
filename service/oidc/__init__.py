"""Single sign-on: logging in at an OpenID provider, by the authorization code flow with PKCE."""
