"""Prints the identity in the JSON of `strongroom inspect`, read from standard input."""
import json
import sys

image = json.load(sys.stdin)
syscalls = image["sites"]["syscall"]
print(f"  MRENCLAVE   {image['mrenclave']}")
print(f"  MRSIGNER    {image['mrsigner']}")
print(f"  product id  {image['product_id']}, svn {image['svn']}, debug {str(image['debug']).lower()}")
print(f"  weakened    {', '.join(key['key'] for key in image['insecure']) or 'nothing: no insecure_ key is set'}")
print(f"  system call sites: {syscalls['rewritten']} of {syscalls['total']} go straight into the enclave kernel")
