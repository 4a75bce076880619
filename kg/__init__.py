"""polgraph: knowledge graphs of political actors and events from news articles."""

__version__ = "0.1.0"
