// The classic script with what a person sees of it.
import { startUi } from './all'
import { begin } from './begin'

begin(startUi)
