// What the application's two files share.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct my_tally_enclave;
int use_tally(struct my_tally_enclave* enclave);

#ifdef __cplusplus
}
#endif
