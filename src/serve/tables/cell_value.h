// What a cell says, as the value it stands for. Numbers may have thousands separators and
// full-width digits, dates the form of a spreadsheet, truth the words people use for it.
//
// Threads: pure functions. An error says what was expected and never what was there.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "ground/base/value.h"
#include "ground/catalog/mapping.h"
#include "ground/catalog/snapshot.h"

namespace aizuchi::serve {

using CellValue = std::expected<ground::Value, std::string>;  // or what was expected

CellValue fact_value(const ground::FactRule& fact, const ground::MappedColumn& column,
                     std::string_view cell, const ground::Mapping& mapping,
                     const ground::Snapshot& brand);
CellValue property_value(const ground::MappedColumn& column, std::string_view cell,
                         const ground::Mapping& mapping);
// A moment; a day is its first moment in the mapping's time zone. `format` is strptime's; "": ISO,
// or 2026/4/1 with 9:30 or 9:30:00 after it.
std::expected<ground::Instant, std::string> cell_instant(std::string_view cell,
                                                         const std::string& format,
                                                         const ground::TimeZone& zone);

}  // namespace aizuchi::serve
