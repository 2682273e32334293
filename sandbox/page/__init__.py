"""The sandbox's page: the local Discord in a browser, and behind it what is otherwise unseen."""

from sandbox.page.server import Backstage, Page

__all__ = ["Backstage", "Page"]
