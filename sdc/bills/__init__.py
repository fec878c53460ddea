"""Bills of vendors: judged against delivery and authorisation, accepted, paid or held."""
