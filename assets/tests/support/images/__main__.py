import sys

from tests.support.images import make

make(*sys.argv[1:])
