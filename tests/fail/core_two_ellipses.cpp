// build error: an index can only have a single ellipsis
#include <ndfuse/core/view.hpp>
auto const v = ndfuse::subview(ndfuse::contiguous_view({2, 3}), ndfuse::ellipsis, 0, ndfuse::ellipsis);
