// Addresses of the network extension: net.IP and net.CIDR as opaque values.
#pragma once

#include <string>

#include "ground/expr/operand.h"

namespace aizuchi::ground {

// "192.168.0.1", "2001:db8::/32". Precondition: tag is opaque.
std::string network_text(const Operand& operand);

}  // namespace aizuchi::ground
