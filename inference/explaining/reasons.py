"""Why no seconds are shown for a category, in words for people."""

from typing import Final

STANDS_WITHOUT_FRAMES: Final = (
    "it would be said whatever the frames show: metadata or the prior decided"
)
TOO_FEW_FRAMES: Final = "all frames lie in one window: nothing to compare with"
NOTHING_STANDS_OUT: Final = "no stretch raises the score"
BY_TEXT: Final = "text says so"
IMPLIED: Final = "implied by a category below it"
NOT_LOOKED_FOR: Final = "evidence was not looked for"
