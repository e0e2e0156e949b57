from __future__ import annotations

from nova_rft.deploy import Steps

# As the CDK command line prints them for a stack that is made, one that is changed, one left alone.
LINES = """\
wheels for arm64-cp313: complete
(node:1) Warning: NodeVersionSupportWarning: The AWS SDK for JavaScript (v3)
p-dev-storage: start: Building p-dev-storage Template
p-dev-storage
p-dev-storage: deploying... [1/3]
p-dev-storage: creating stack...
p-dev-storage |   0 | 6:13:58 AM | CREATE_IN_PROGRESS   | AWS::CloudFormation::Stack | p-dev-storage
p-dev-storage |   4 | 6:13:58 AM | CREATE_COMPLETE      | AWS::S3::Bucket            | Data (D1)
 ✅  p-dev-storage
p-dev-reward: deploying... [2/3]
p-dev-reward |  3/9 | 6:13:59 AM | UPDATE_COMPLETE      | AWS::Lambda::Function | Function (F1)
✅  p-dev-reward
p-dev-customization: deploying... [3/3]
 ✅  p-dev-customization (no changes)
p-dev-storage.DataBucket = p-dev-storage-data
"""


def test_the_cdks_lines_become_steps() -> None:
    said: list[str] = []
    steps = Steps(said.append)
    for line in LINES.splitlines():
        steps.line(line)
    assert said == [
        "wheels for arm64-cp313: complete",
        "p-dev-storage (1 of 3 stacks)",
        "p-dev-storage (1 of 3 stacks): 0 resources done",
        "p-dev-storage (1 of 3 stacks): 4 resources done",
        "p-dev-storage: deployed",
        "p-dev-reward (2 of 3 stacks)",
        "p-dev-reward (2 of 3 stacks): 3 of 9 resources done",
        "p-dev-reward: deployed",
        "p-dev-customization (3 of 3 stacks)",
        "p-dev-customization: unchanged",
    ]
