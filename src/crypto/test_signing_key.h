// A signing key for tests, seeds and benchmarks, so that they need not make one. It is public: nothing that
// it signs means anything.
#pragma once

#include <string_view>

namespace strongroom::crypto {

inline constexpr std::string_view kTestSigningKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIG/QIBADANBgkqhkiG9w0BAQEFAASCBucwggbjAgEAAoIBgQDoHgSXenBK8CcO\n"
    "Dpg+o/T82XVeiQUSq8UWFf/zWMLfKCE6vToxfjCPpJdAshr3SMLdXY6mWNz3RWpP\n"
    "MZKGdT1p6XFoIhDbVPz2qS+ggKyk6GyUMIWhQQTY5NbwB8UX9jTD9WhEGpTwBjRx\n"
    "WVbjkdFFFmyCeCfbX7WOC1BjHCVbVICHosqhHCmyj04Kei69eAo++wNI0yuZCSqu\n"
    "ho59OanqI0uEVv2crOkSFkJ0kRW5yp2BNVnTxvWp56O4F8akZD1HwekxzcSwTMQA\n"
    "tuo8UPUUSpkQ1Vmf1dQ/w7siseSfnLZVFbKONNcqzfCJPLDxXDdQnWkueOMJvnEW\n"
    "SaI7DoUvQsSOWfa78y3N/DZObdsXZ7ZjS7XJ+SdF8YaRcFfG/Rs6dR1S0EYwhRNo\n"
    "jMIeMzeroi5/vF3XTVfnouAZ9z6D3rGoUhvOlWiqRaD7QZIklNXw4WZA1AD58N+Y\n"
    "KtxrRSlIcR25B2SUXxeUiUuKBXoHkzh1OoaQC1h/+Rg/h9yiNVUCAQMCggGBAJq+\n"
    "rbpRoDH1b160ZX8X+KiQ+Omwrgxyg2QOqqI7LJTFa3x+JsupdbUYZNXMEfowgejp\n"
    "CcQ7PfouRt92Ya7405vw9kVsCzzjU08bdRWrHcNFnbggWRYrWJCYj0qv2LqkIy1O\n"
    "RYK8Y0quzaDmOe0L4Ni5naxQGpI/zl6yNZdoGOeNqwUXMcC9cSG03rGmydOlXCn8\n"
    "rNs3cmYGHHRZtFN7xpwXh62PU73Im2FkLE22DnvcaQDOO+KEo8aabSVlLxhC0kAl\n"
    "+UkyuuKsyx3Wo6a1SeAAvl3hkudKpzyaE5ECyH9jxjBxsogUlc5ueg07m4c6SBde\n"
    "katqMYmenUzX/iYzbaFJF8JBk0lkcT/ZmapsWsbsQEx8GV2JWf/s8VN+oNfqETUE\n"
    "8yEtUbQG9MoLnyUKIh3CzQKFmNN2PQKB4c8uzBVYN9woYS91YVRMerJOwPne7KNR\n"
    "yhJ2GqVC+UtdjuykK/GsZWUAbgBto/gijFeb9aT1n3iEoS5dPMHUkIrs15LhcwKB\n"
    "wQD0hTb3/OFyErYjcH5U0K9xtXqEEPZBjkfQ4TYwf9cw4wUy2a0R16O2r0hDg7+v\n"
    "ShC/VQYU0xWFOxNR43kcBKoxt0cGdhXVROb3botpfbJn48+dHOplRNcwJVJZUKvD\n"
    "VNCbHEuhmIfFjc24fKFCq9YTSNTkLzpV7QXy61YjmcXbAo0RlgkqttnuODfcEb3B\n"
    "w5/kKLgwMSCmRVj9ly96P5D629eTJRKPqAbakVm4XrDzPJyv41K9yVYYDQCFGNei\n"
    "KcsCgcEA8wO8TATK6jbdMIR2bXBW0pQA//IHA1eRk/tnmK3gr6QH2ZF5sD5Svnjx\n"
    "Md+H9zq6bjqImIaDNhVx0SIr5by2i53Z5IGD+Jec9sdEZU2ghSGGU3SlWGZJFejK\n"
    "OuG6v8kwz9Fk/3PD3OzWgP6yI/gua7UmF8S+RC72cPS3P5dGiNfQzH+A3K58vZqx\n"
    "E7my7ALTF73+9PG4W8cQqYdWjg9WYxKuDmGtBBKaxcQfTjzYnOYskJBCDLYnRS0+\n"
    "6gvBo7lfAoHBAKMDefqolkwMeWz1qY3gdPZ4/FgLTtZe2otAzsr/5MtCA3c7yLaP\n"
    "wnnKMC0Cf8oxYH+OBA3iDljSDOFCUL1YcXZ6L1mkDo4t70+fB5upIZqX374TRu4t\n"
    "5MrDjDuLHSzjNby9h8EQWoOz3nr9wNcdOWIwje100Y6eA/dHjsJmg+dXCLZkBhx5\n"
    "5p7QJT1hKSvXv+1wesrLaxmDkKkPdPwqYKc9OmIYtwpwBJG2O9A/IKIoaHVCNykw\n"
    "5BAIqwNl5RbGhwKBwQCiAn2IAzHxeejLAvmeSuSMYqtVTASs5Qu3/O+7HpXKbVqR\n"
    "C6Z1fuHUUKDL6lqk0dGe0bBlrwIkDkvgwXKZKHmyaTvtq61QZRNPL4LuM8BYwQQ3\n"
    "oxjlmYYOmzF8lnx/23Xf4O3/ooKTSI8AqcwX+smdI266gymCyfmgoyTVD4RbOosy\n"
    "/6s9yah+ZyC30SHyrIy6fqn4oSWShLXGWjm0CjmXYcle68itYbyD2BTe0zsTRB21\n"
    "tYFdzsTYyNScB9ZtJj8CgcBKHX3Sxw/YReDT/s2pse4hnobgNNNhI6mXQVkJzmyd\n"
    "6cdsWl4Vl+VMTFZCh8k4JbNPiN28VvrRN3mqZgFqKJ1GmvvuSIMruCP8rKPnmEEr\n"
    "I9MrjGbeHplQoLY5IZ15X4b8YOkgjYEWkx1Waj+kXS9W/HNjUlZeWrcYjXiE1c8Q\n"
    "1DLFtsxVbemz98W6L6VJhDBIR60bf/842mlBy+XIVYARJvlrXb4zITOmmCJrIqTA\n"
    "V+iZzU+KUk8hLkDdTzcF5FA=\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace strongroom::crypto
