"""Coverage looks away while code runs that it does not count: botocore and moto, where most of a test's time goes.

Its tracer is called for each of their lines, and finds each time that the file is not measured. Where Python tells
coverage otherwise (`sys.monitoring`, from 3.14 on), or nothing is measured, functions are called as they are.
"""

import functools
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_looking_away = threading.local()  # `tracer`: the thread's, while it is put aside


def unmeasured(function: Callable[P, T]) -> Callable[P, T]:
    """The function, of which coverage sees nothing but what is `measured`."""

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        tracer = sys.gettrace()
        if type(tracer).__module__.partition(".")[0] != "coverage":  # nobody's, or a debugger's
            return function(*args, **kwargs)
        before = getattr(_looking_away, "tracer", None)
        _looking_away.tracer = tracer
        sys.settrace(None)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(tracer)  # in the frame that it was taken from: it counts calls and returns
            _looking_away.tracer = before

    return called


def measured(function: Callable[P, T]) -> Callable[P, T]:
    """The shop's own function, which is called by one that is `unmeasured`."""

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        tracer = getattr(_looking_away, "tracer", None)
        if tracer is None or sys.gettrace() is not None:
            return function(*args, **kwargs)
        sys.settrace(tracer)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(None)

    return called
