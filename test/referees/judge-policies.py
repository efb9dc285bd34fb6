"""Reads [policy, ...] of JSON texts, and writes of each what parliament finds in it."""

import json
import sys

import parliament

print(
    json.dumps(
        [
            [
                {"rule": finding.issue, "message": str(finding.detail)}
                for finding in parliament.analyze_policy_string(policy).findings
            ]
            for policy in json.load(sys.stdin)
        ]
    )
)
