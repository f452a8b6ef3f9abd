// A leaning (leaning.h) as a record keeps it: the number of axes, then how much dearer than usual
// each is, the means and the lower half of the covariance, as floats. Threads: pure. Cost: axes².
#pragma once

#include <memory>

namespace aizuchi::ground {
class ByteReader;
class ByteWriter;
}  // namespace aizuchi::ground

namespace aizuchi::understand {

struct Leaning;

void encode(ground::ByteWriter& out, const Leaning* leaning);
std::shared_ptr<const Leaning> decode_leaning(ground::ByteReader& in);  // nullptr: none

}  // namespace aizuchi::understand
