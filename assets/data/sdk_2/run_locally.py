"""Run the add example by kfp.local, without a server: python run_locally.py VALUE_1 VALUE_2"""

import sys

from add_sdk_2 import my_pipeline
from kfp import local

# use_venv=False: the steps run in the environment of this program, not each in one of its own
local.init(local.SubprocessRunner(use_venv=False), pipeline_root="kfp-2/outputs")
value_1, value_2 = map(int, sys.argv[1:])
print(my_pipeline(value_1=value_1, value_2=value_2).output)
