// What a program in an enclave can ask of Strongroom beyond what it has from Linux. Linked from
// strongroom_enclave (Strongroom::enclave) into the program; the same program runs in every TEE.
#pragma once

#include "strongroom/enclave/basics.h"
#include "strongroom/enclave/channel.h"
#include "strongroom/enclave/counter.h"
#include "strongroom/enclave/evidence.h"
#include "strongroom/enclave/identity.h"
#include "strongroom/enclave/memory.h"
#include "strongroom/enclave/sealing.h"
#include "strongroom/enclave/serve.h"
